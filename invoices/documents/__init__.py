"""Documents on paper: a PDF from HTML, in three languages, with the fonts of the product."""
