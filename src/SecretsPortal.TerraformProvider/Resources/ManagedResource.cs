using System.Text.Json;
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

    /// <summary>A configuration of it, for the documentation.</summary>
    public abstract string Example { get; }

    /// <summary>What an import takes, for the documentation.</summary>
    public abstract string ImportId { get; }

    /// <summary>Checks that need more than one attribute. Anything may still be unknown.</summary>
    public virtual void Validate(TfObject config, Diagnostics diagnostics)
    {
    }

    /// <summary>Corrects the plan that <see cref="Planner"/> made by the schema. Called for creations and updates.</summary>
    public virtual void ModifyPlan(PlanDraft draft, ResourceCall call)
    {
    }

    /// <summary>The state as it is on the portal; null where the resource is gone.</summary>
    public abstract Task<TfObject?> ReadAsync(ResourceCall call, TfObject state);

    /// <summary>Creates it. Write-only attributes stand in <paramref name="config"/> alone.</summary>
    public abstract Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config);

    /// <summary>Changes it in place.</summary>
    public abstract Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config);

    /// <summary>Destroys it. One that is gone already is no fault.</summary>
    public abstract Task DeleteAsync(ResourceCall call, TfObject state);

    /// <summary>The state of an existing one that <paramref name="id"/> names. A missing one is a fault.</summary>
    public abstract Task<TfObject> ImportAsync(ResourceCall call, string id);

    /// <summary>The attribute that the portal's complaint is about; null where it names none of the resource's.</summary>
    public AttributePath? PathOf(PortalApiException fault) => Schema.Attributes
        .Where(a => fault.Fields.Keys.Any(f => f == AdminJson.NameOf(a) || f.StartsWith(AdminJson.NameOf(a) + ".", StringComparison.Ordinal)))
        .Select(a => AttributePath.Of(a.Name)).FirstOrDefault();

    /// <summary>The state of a resource of another type, as <c>moved</c> blocks bring it; null where nothing can be made of it.</summary>
    public virtual TfObject? MoveFrom(string typeName, JsonElement state) => null;
}
