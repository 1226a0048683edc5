"""The whole flow run on history: the seeded world, the backtest and its peers.

`world` makes a labelled synthetic history from a seed (`world_places`, `world_actors`, `world_traffic`,
`world_schemes`). `history` reads a labelled history and keeps what may be seen apart from what may not; `backtest`
decides it period by period with a `learner` (the product's own, or one of `peers`) and reveals what was examined;
`replay` runs that to its end, saving with `checkpoint`; `report` measures it with the definitions of `measures`.
`drafts` judges a history with a draft rule and without it. `seals` are synthetic trucks under seal on a corridor.
"""
