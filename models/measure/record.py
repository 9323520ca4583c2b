"""With what something was measured, kept beside the figures."""

import onnxruntime


def measured(command):
    """command: as one would type it in models/, with OUT, STATE and RESULT for the folders and the file of results."""
    return dict(command='python models/' + command, onnxruntime=onnxruntime.__version__)
