"""Stands in for WhatsApp where there is no Meta account: the Cloud API on one side, phones on the other."""
