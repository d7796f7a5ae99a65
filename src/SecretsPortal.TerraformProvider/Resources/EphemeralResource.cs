using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>Something that is made or read in each run and stored nowhere. None of ours has to be renewed or closed.</summary>
internal abstract class EphemeralResource
{
    /// <summary>The type's name in configurations.</summary>
    public abstract string TypeName { get; }

    /// <summary>What it looks like.</summary>
    public abstract Schema Schema { get; }

    /// <summary>A configuration of it, for the documentation.</summary>
    public abstract string Example { get; }

    /// <summary>Whether it asks the portal; what does not works while the provider block is unknown.</summary>
    public virtual bool NeedsPortal => true;

    /// <summary>Checks that need more than one attribute. Anything may still be unknown.</summary>
    public virtual void Validate(TfObject config, Diagnostics diagnostics)
    {
    }

    /// <summary>Opens it; what the configuration sets stays as it is.</summary>
    public abstract Task<TfObject> OpenAsync(ResourceCall call, TfObject config);
}
