-- What is not claimed.
SELECT kind, name FROM pauses
