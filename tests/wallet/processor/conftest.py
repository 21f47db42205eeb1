"""The port as the product gets it: the adapter over HTTP, with the sandbox at the other end."""

import pytest

from wallet.processor.registry import get_processor


@pytest.fixture
def stripe(sandbox):
    return get_processor()
