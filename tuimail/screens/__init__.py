"""What fills the terminal. A screen routes: message in, `mail.verb()` out."""
