using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>What a resource is given for one call of Terraform's.</summary>
/// <param name="portal">The configured client; null while a plan is made before the provider block is known.</param>
/// <param name="private">What the provider keeps beside the state, unseen.</param>
/// <param name="diagnostics">For warnings; faults are thrown.</param>
/// <param name="stop">Ends waiting and repeating, by Ctrl-C or by a timeout; a request under way is finished.</param>
internal sealed class ResourceCall(PortalClient? portal, PrivateState @private, Diagnostics diagnostics, CancellationToken stop)
{
    /// <summary>The configured client.</summary>
    public PortalClient Portal => portal ?? throw new InvalidOperationException("The provider block is not known yet.");

    /// <summary>The provider block's default tags; null while the block is not known.</summary>
    public IReadOnlyDictionary<string, string>? DefaultTags => portal?.Settings.DefaultTags;

    /// <summary>The time.</summary>
    public DateTimeOffset Now => (portal?.Time ?? TimeProvider.System).GetUtcNow();

    /// <summary>What the provider keeps beside the state.</summary>
    public PrivateState Private => @private;

    /// <summary>For warnings.</summary>
    public Diagnostics Diagnostics => diagnostics;

    /// <summary>Ends waiting and repeating.</summary>
    public CancellationToken Stop => stop;

    /// <summary>What stands already where a creation fails half way: Terraform then keeps it, to be made anew.</summary>
    public TfObject? Begun { get; set; }
}
