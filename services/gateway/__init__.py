"""Gateway records what people ask for, tells it, and shows what came of it.

Hears  catalog.*, intake.*, review.*, credentials.*, clocks.*, monitoring.*,
       refusal.request_refused: what the world is told, and what the gateway is
Tells  gateway.*_requested
Owns   Request; the views behind every screen; drafts and uploaded files
"""
