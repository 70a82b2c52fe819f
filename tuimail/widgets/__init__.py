"""What you can point at. No widget knows that Mail exists: messages go up, data comes down."""
