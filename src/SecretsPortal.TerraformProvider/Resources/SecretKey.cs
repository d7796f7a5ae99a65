using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>The key that a secret or a replica lies under, as the state says it.</summary>
internal static class SecretKey
{
    /// <summary>The alias that a region's default key always has.</summary>
    public const string Default = "alias/aws/secretsmanager";

    /// <summary>
    /// A secret's key. The portal tells a region's default key as none, or by the alias that it always has: a declared word that names the
    /// same key stays, and so does one of which the caller may not know it: taken for another key, it would be set again by every apply.
    /// </summary>
    public static async Task<string?> FindAsync(string? told, string? declared, string? region, ResourceCall call)
    {
        if (told is not (null or Default))
            return told;
        if (declared is null or Default)
            return declared;
        var isDefault = await call.Portal.IsDefaultKeyAsync(declared, region, call.Stop);
        if (isDefault is null && call.Portal.IsFirstToTell("no keys"))
        {
            call.Diagnostics.Warning("Changed keys are not noticed",
                $"A secret lies under the default key, and whether that is {declared} the caller may not see: it is taken for it. A policy has to allow secretsportal:GetKey.",
                AttributePath.Of("kms_key_id"));
        }

        return isDefault == false ? null : declared;
    }
}
