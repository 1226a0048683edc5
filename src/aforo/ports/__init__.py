"""Ports as data: what stands at each bridge, when it is open, and who arrives when.

`figure` is how a document states a figure: a value with its source. `schedule` is a week in windows. `document` is the
type of a port document, `reading` makes one of TOML, `soundness` says what in it does not fit together, and `shipped`
has the 22 US–Mexico ports of entry that trucks cross. `calendar` weighs days, so that months can be compared; `volumes`
says how many trucks a working day brings; `forecast` spreads them over hours, with intervals, and corrects them by what
was counted in the last hours and by what has been filed. All of the last three are pure functions on columns.
"""
