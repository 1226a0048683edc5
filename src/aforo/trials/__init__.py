"""The whole flow run on history: the seeded world, the backtest and its peers.

`world` makes a labelled synthetic history from a seed (`world_places`, `world_actors`, `world_traffic`,
`world_schemes`).
"""
