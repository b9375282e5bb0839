"""Pictures as small as they can be."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw


@pytest.fixture
def picture(tmp_path):
    """Draws a picture and gives its path."""

    def draw(name="picture.png", colour=(190, 90, 60), size=(400, 300)) -> Path:
        drawn = Image.new("RGB", size, colour)
        ImageDraw.Draw(drawn).ellipse((size[0] * 0.3, size[1] * 0.2, size[0] * 0.7, size[1] * 0.7), (240, 220, 190))
        drawn.save(tmp_path / name)
        return tmp_path / name

    return draw
