"""Where the bytes of letters are kept: a folder, or a bucket of any store that speaks S3, encrypted on the way."""
