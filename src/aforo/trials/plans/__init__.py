"""What planners ask the twin for, while a server runs: scenarios run as jobs, and quick questions about one bridge.

A `plan` is a pair of scenarios in a folder of its own, with what came out. The `planner` runs plans one after another
in processes of lower priority (`worker`), so that nobody waits longer at a booth for them, and asks another such
process quick questions (`quick`). What a plan gives depends on its scenarios and the version of the product alone,
so what a restart interrupted is run again. All of it is synthetic, and says so.
"""
