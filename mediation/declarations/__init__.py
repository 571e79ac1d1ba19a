"""What the shared machine is told of the line's records, one module for each kind of business."""
