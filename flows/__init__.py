"""Monthly Chronic Care Management billing, one practice and one service month at a time."""
