"""What a reminder run decides: criteria, profiles and levels, reasons, charges, letters. No I/O, no clock."""
