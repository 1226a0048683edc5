"""A contract of scanners: one fee a month, a tenth of it owed below 95 %, in a zone of its own."""

CONTRACT = """id = "C-1"
version = 1
supplier = "SYNTHETIC Imaging"
currency = "USD"
zone = "America/Chicago"
from = 2020-01-01
[fee]
monthly = 1000.00
[availability]
clause = "4.1"
minimum = 0.95
[[availability.band]]
clause = "4.2"
below = 0.95
credit = 0.1
"""
