"""The pages of accounts: thin views over the services, for people who have signed in."""
