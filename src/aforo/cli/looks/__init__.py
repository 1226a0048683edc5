"""What the doctor looks at, one module a thing; every look finds, and changes nothing."""
