namespace SecretsPortal.Core.Secrets;

/// <summary>A view of the list of secrets that a user has saved.</summary>
/// <param name="Id">32 hexadecimal digits.</param>
/// <param name="Name">1–64 characters, unique among the user's.</param>
/// <param name="Query">What the address of the page has after the question mark; at most 2,000 characters.</param>
public sealed record SavedView(string Id, string Name, string Query);
