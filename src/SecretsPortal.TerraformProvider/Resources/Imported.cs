namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>
/// Some attributes count when a resource is made and are told by nobody afterwards, so an import can't bring them along. Until the resource's first
/// change its private state says that it was imported: what the configuration says there is then noted, and nothing is made anew for it.
/// </summary>
internal static class Imported
{
    private const string Mark = "imported";

    /// <summary>Remembers an import.</summary>
    public static void Note(ResourceCall call) => call.Private[Mark] = "true";

    /// <summary>Whether it was imported, and not changed since.</summary>
    public static bool Is(ResourceCall call) => call.Private[Mark] is not null;

    /// <summary>Plans to note what the configuration says in these attributes, where the resource was imported.</summary>
    public static void KeepInPlace(PlanDraft draft, ResourceCall call, params ReadOnlySpan<string> attributes)
    {
        if (!Is(call) || draft.Prior is not { } prior)
            return;
        foreach (var attribute in attributes)
        {
            if (prior[attribute].IsNull)
                draft.ChangeInPlace(attribute);
        }
    }

    /// <summary>After the first change the state says all that the configuration does.</summary>
    public static void Forget(ResourceCall call) => call.Private[Mark] = null;
}
