"""An export behind TF Serving's own REST API, with a page for people; it knows TensorFlow and the SavedModel alone."""
