"""What brings Clearway to other machines: a bundle for servers without internet, and the steps of the image."""
