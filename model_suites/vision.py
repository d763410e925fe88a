"""Vision models: classifiers of images, and a detector of objects."""

from collections.abc import Mapping
from typing import Any

from model_suites.family import KEY, SMALL_SET, SMOKE, TRAINED, Family, only
from pytest_ipfs_bench.models import Input

PIXELS = (Input("pixel_values", "float32", ("batch", 3, "image_size", "image_size")),)
CLASSES, IMAGENET = {"num_labels": 10}, {"num_labels": 1000}
SMALL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
I64, I96, I224, I800 = ({"image_size": size} for size in (64, 96, 224, 800))
ANY_SIZE = {"image_size": (32, 4096)}

# Random and deep, it carries rounding on. Measured at batch 2: fp16 3.5e-2 (torch), bf16 1.0e-1 (torch) and 1.4e-1
# (OpenVINO), int8 1.5e-2 (torch, Linear layers only) and 3.7e-1 (ONNX Runtime). Twice the worst is allowed.
NOISY_MOBILENET = {"fp16": 7e-2, "bf16": 2.8e-1, "int8": 7.4e-1}

VIT = Family("vit", "vision", "image-classification", "ViTForImageClassification", ("logits",), modes=TRAINED)
DEIT = Family("vit", "vision", "image-classification", "DeiTForImageClassification", ("logits",), modes=TRAINED)
RESNET = Family("resnet", "vision", "image-classification", "ResNetForImageClassification", ("logits",), modes=TRAINED)
MOBILENET = Family(
    "mobilenet", "vision", "image-classification", "MobileNetV2ForImageClassification", ("logits",), modes=TRAINED
)
DETR = Family("detr", "vision", "object-detection", "DetrForObjectDetection", ("logits", "pred_boxes"), modes=TRAINED)


def detr(backbone: Mapping[str, Any], **dimensions: Any) -> dict[str, Any]:
    """DETR over the ResNet of transformers; the hub's own config takes that of a package of its own (timm)."""
    resnet = {"model_type": "resnet", "out_features": ["stage4"], **backbone}
    return {"use_timm_backbone": False, "use_pretrained_backbone": False, "backbone_config": resnet, **dimensions}


VIT_TINY = VIT.tiny(
    {**SMALL, "image_size": 64, "patch_size": 16, **CLASSES}, I64, PIXELS, 0.117, KEY, SMOKE, limits=only(I64)
)
MODELS = (
    VIT_TINY,
    RESNET.tiny(
        {"embedding_size": 16, "hidden_sizes": [32, 64], "depths": [1, 1], **CLASSES}, I64, PIXELS, 0.011, limits=ANY_SIZE
    ),
    MOBILENET.tiny(
        {"depth_multiplier": 0.35, "image_size": 96, **CLASSES}, I96, PIXELS, 0.409, limits=ANY_SIZE, max_error=NOISY_MOBILENET
    ),
    DETR.tiny(
        detr(
            {"embedding_size": 16, "hidden_sizes": [16, 32, 32, 64], "depths": [1, 1, 1, 1]},
            d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
            encoder_ffn_dim=64, decoder_ffn_dim=64, num_queries=12, num_labels=8,
        ),
        I64, PIXELS, 0.06, KEY, limits=ANY_SIZE,
    ),
    VIT.base("google/vit-base-patch16-224", IMAGENET, I224, PIXELS, 86.568, KEY, limits=only(I224)),
    DEIT.base(
        "facebook/deit-tiny-patch16-224",
        {"hidden_size": 192, "num_attention_heads": 3, "intermediate_size": 768, **IMAGENET},
        I224, PIXELS, 5.718, SMALL_SET, limits=only(I224),
    ),
    RESNET.base("microsoft/resnet-50", IMAGENET, I224, PIXELS, 25.557, limits=ANY_SIZE),
    MOBILENET.base("google/mobilenet_v2_1.0_224", {"num_labels": 1001}, I224, PIXELS, 3.506, limits=ANY_SIZE),
    DETR.base("facebook/detr-resnet-50", detr({}, num_labels=91), I800, PIXELS, 41.525, KEY, limits=ANY_SIZE),
)  # fmt: skip
