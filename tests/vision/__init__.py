"""Labelled pictures for the detectors, composed anew from a number, and the measurement of what is found in them."""
