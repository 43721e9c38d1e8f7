"""A relation in its worlds: does it hold?"""
