"""What the subscribers' front room does by itself: joining the verbs of the packages below."""
