"""What happens next: the only place that knows the order of things, and carries values from one room to another.

Start with `journey`: filed → assessed → decided, for a batch of filings or one message. `reports` closes the circle:
passed, examined → learnt. `override` and `lots` are what people do beside it: an officer who chooses otherwise, a node
that opens its lottery. `replay` makes a logged decision again, to the bit.

The steps, in order: `filing` tells what is new, `crossings` and `batch` bring declarations together, `judge` gives risk
and value, `decided` draws lots and decides, `evidence` and `verdicts` say what is recorded, `recording` makes the
events. `told` and `lines` write the selection. `node` is what a node carries, `projection` how it is made from the log.
"""
