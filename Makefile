# Forwards to scripts/dev.py, which does its own set-up. Arguments go in ARGS: `make bench ARGS=screen`.
PYTHON ?= python3
TASKS := demo console test test-all lint docs bench lock

.PHONY: help $(TASKS)
help:
	@$(PYTHON) scripts/dev.py || true

$(TASKS):
	@$(PYTHON) scripts/dev.py $@ $(ARGS)
