using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>
/// A resource that Terraform creates, changes and destroys. Faults end a call as <see cref="DiagnosticException"/> or
/// <see cref="PortalApiException"/>; what a call returns is the new state, whole and without unknowns.
/// </summary>
internal abstract class ManagedResource
{
    /// <summary>The type's name in configurations.</summary>
    public abstract string TypeName { get; }

    /// <summary>What it looks like.</summary>
    public abstract Schema Schema { get; }

    /// <summary>Checks that need more than one attribute. Anything may still be unknown.</summary>
    public virtual void Validate(TfObject config, Diagnostics diagnostics)
    {
    }

    /// <summary>Corrects the plan that <see cref="Planner"/> made by the schema. Called for creations and updates.</summary>
    public virtual void ModifyPlan(PlanDraft draft)
    {
    }

    /// <summary>The state as it is on the portal; null where the resource is gone.</summary>
    public abstract Task<TfObject?> ReadAsync(PortalClient portal, TfObject state, CancellationToken stop);

    /// <summary>Creates it. Write-only attributes stand in <paramref name="config"/> alone.</summary>
    public abstract Task<TfObject> CreateAsync(PortalClient portal, TfObject planned, TfObject config, CancellationToken stop);

    /// <summary>Changes it in place.</summary>
    public abstract Task<TfObject> UpdateAsync(PortalClient portal, TfObject prior, TfObject planned, TfObject config, CancellationToken stop);

    /// <summary>Destroys it. One that is gone already is no fault.</summary>
    public abstract Task DeleteAsync(PortalClient portal, TfObject state, CancellationToken stop);

    /// <summary>The state of an existing one that <paramref name="id"/> names. A missing one is a fault.</summary>
    public abstract Task<TfObject> ImportAsync(PortalClient portal, string id, CancellationToken stop);
}
