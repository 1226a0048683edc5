"""The transports of the field beside HTTP: where messages of seals come in and are acknowledged once they are kept.

`recorder` records what came lately, from wherever, in one go, and says what is durable. `tcp` speaks to the plain-text
seals themselves, within the bounds of `flow.allowance`; `mqtt` and `nats` take from a broker, which keeps what was not
acknowledged and sends it again. A broker is a transport and never evidence: what it lost before it was taken from it
only the silence of the device shows. `broker` is what the two have in common.
"""
