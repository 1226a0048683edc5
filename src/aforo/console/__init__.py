"""The console as it is served: the files that the build of `web/` leaves in `assets/`, each with its compressed forms.

The sources are TypeScript, in `web/`; what is built is not committed, and the wheel ships it. `files` reads it once.
"""
