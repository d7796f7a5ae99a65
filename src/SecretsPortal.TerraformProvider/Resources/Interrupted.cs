namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>
/// An apply may be killed between the portal's making something and Terraform's noting it. What the next one then finds under the name is
/// taken over where it is just what it would have made, and was made lately: anything else belongs to somebody.
/// </summary>
internal static class Interrupted
{
    private static readonly TimeSpan s_lately = TimeSpan.FromHours(1);

    /// <summary>Whether something was made lately enough.</summary>
    public static bool IsLately(ResourceCall call, DateTimeOffset createdAt) => call.Now - createdAt < s_lately;

    /// <summary>Tells the user.</summary>
    public static void Warn(ResourceCall call, string what) => call.Diagnostics.Warning($"{what} was there already",
        "It is what this configuration would have made, and was made within the last hour, so it was taken over: an earlier apply was interrupted.");
}
