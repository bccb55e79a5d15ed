"""The four ids that mean the same in every tokenizer, batch and model of this package."""

PAD_ID = 0
UNKNOWN_ID = 1
BEGIN_ID = 2
END_ID = 3
