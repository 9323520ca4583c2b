"""What the reader is called and where a generation keeps it and its adapters, as in public/. finish.sh has the same folders."""

READER = 'reader-small'
BASE_NAME = 'openbook/' + READER
READER_FOLDER = 'models/' + READER
ADAPTERS_FOLDER = 'adapters/' + READER
