"""The words of the product in its three languages, kept without GNU gettext.

English is the msgid, in the code. Each package keeps its Simplified and Traditional texts under `locale/`, one line a
string, sorted, without dates and line numbers, so that two people's additions merge. Needs no database.
"""
