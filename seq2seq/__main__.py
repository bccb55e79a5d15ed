"""`python -m seq2seq`, the same as `seq2seq`."""

from seq2seq.cli import main

if __name__ == "__main__":
    main()
