"""The pages a payer sees at the processor: cards and bank accounts are typed here, never in the product."""
