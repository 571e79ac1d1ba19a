"""The states of the line's records and the steps between them, one module for each kind of business."""
