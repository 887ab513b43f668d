"""What Pillow reads from small pictures, and what transformers' ViTImageProcessor and DeiTImageProcessor make of one of them.

    pip install torch transformers==5.24 pillow==13.0 safetensors
    python pictures.py

writes pictures.safetensors: for each picture the bytes of its file, `NAME`, and its pixels `[height, width, 3]`, `NAME.rgb`; for each
processor `OPTIONS.pixels`, where the name is its preprocessor_config.json. It needs no network.
"""

import io
import json

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import save_file
from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

PROCESSORS = [
    {"size": 24},
    {"size": {"height": 30, "width": 20}, "resample": 3, "do_center_crop": None},
    {"size": {"height": 50, "width": 70}, "resample": 3},
    {"size": {"height": 41, "width": 40}, "resample": 1, "do_normalize": False},
    {"size": 25, "resample": 2, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]},
    {"size": {"shortest_edge": 21}, "do_center_crop": True, "crop_size": {"height": 16, "width": 29}},
    {"size": 20, "do_center_crop": True, "crop_size": {"height": 27, "width": 16}, "do_rescale": False},
    {"do_resize": False, "rescale_factor": 0.00784313725490196, "do_normalize": False},
    {"image_processor_type": "DeiTImageProcessor", "size": {"height": 32, "width": 32}, "crop_size": {"height": 28, "width": 28}},
]


def scene(height, width):
    """Smooth colours, sharp edges and noise, so that filters overshoot and round."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    noise = np.random.default_rng(18).uniform(-0.2, 0.2, (height, width, 3))
    waves = np.stack([np.sin(9 * x + 4 * y), np.cos(7 * x * y), (x + y) % 0.3 * 3], -1)
    picture = 0.5 + 0.4 * waves + noise
    picture[height // 3 : height // 2, width // 4 : width // 2] = [1, 0, 0.2]
    return np.round(picture.clip(0, 1) * 255).astype(np.uint8)


def main():
    golden = {}

    def add(name, picture, format, **options):
        file = io.BytesIO()
        picture.save(file, format, **options)
        golden[name] = np.frombuffer(file.getvalue(), np.uint8)
        read = ImageOps.exif_transpose(Image.open(io.BytesIO(file.getvalue()))).convert("RGB")
        golden[f"{name}.rgb"] = np.asarray(read)
        return read

    small = Image.fromarray(scene(5, 7))
    alpha = Image.fromarray(np.arange(35, dtype=np.uint8).reshape(5, 7) * 7)
    add("png.rgb", small, "PNG")
    rgba = small.copy()
    rgba.putalpha(alpha)
    add("png.rgba", rgba, "PNG")
    add("png.grey", small.convert("L"), "PNG")
    grey_alpha = small.convert("L")
    grey_alpha.putalpha(alpha)
    add("png.grey_alpha", grey_alpha, "PNG")
    add("png.palette", small.quantize(9), "PNG", transparency=2)
    add("png.bits", small.convert("1"), "PNG")

    photo = Image.fromarray(scene(48, 64)).resize((40, 28), Image.Resampling.BICUBIC)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        add(f"png.turned{orientation}", small, "PNG", exif=exif)
        add(f"jpeg.turned{orientation}", photo, "JPEG", exif=exif, subsampling=0, quality=90)
    add("jpeg.420", photo, "JPEG", subsampling=2, quality=90)
    add("jpeg.progressive", photo, "JPEG", progressive=True, subsampling=0, quality=85)
    add("jpeg.grey", photo.convert("L"), "JPEG", quality=90)
    # Refused, so nothing is kept of what they hold.
    file = io.BytesIO()
    photo.convert("CMYK").save(file, "JPEG")
    golden["jpeg.cmyk"] = np.frombuffer(file.getvalue(), np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.full((2, 2), 300, np.uint16)).save(file, "PNG")
    golden["png.grey16"] = np.frombuffer(file.getvalue(), np.uint8)

    picture = add("scene", Image.fromarray(scene(41, 63)), "PNG")
    for options in PROCESSORS:
        cls = DeiTImageProcessorPil if "image_processor_type" in options else ViTImageProcessorPil
        given = {name: value for name, value in options.items() if name != "image_processor_type"}
        pixels = cls(**given)(picture, return_tensors="np")["pixel_values"][0]
        golden[f"{json.dumps(options)}.pixels"] = np.ascontiguousarray(pixels, dtype=np.float32)
    save_file(golden, "pictures.safetensors")


main()
