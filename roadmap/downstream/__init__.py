"""The networks as backbones: Mask R-CNN on COCO, UPerNet on ADE20K (Tables 3, 4, 7)."""
