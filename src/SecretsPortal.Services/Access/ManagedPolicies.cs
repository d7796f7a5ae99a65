using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>Stores the policies that come with the portal, as this version has them.</summary>
internal sealed class ManagedPolicies(PolicyStore store, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
{
    /// <summary>Adds what is missing and replaces what another version has stored; each change leaves a record.</summary>
    public async Task Store(CancellationToken cancel)
    {
        foreach (var managed in ManagedPolicyDocuments.All)
            await Ensure(managed, cancel);
    }

    /// <summary>The same for one policy.</summary>
    public async Task Ensure(ManagedPolicy managed, CancellationToken cancel)
    {
        var stored = await store.Find(managed.Name, cancel);
        if (stored is null)
            await Add(managed, cancel);
        else if (Replacement(stored, managed) is not null)
            await store.Change(managed.Name, before => Replacement(before, managed), rule: null, cancel);
    }

    // False is no fault: another node was first.
    private Task<bool> Add(ManagedPolicy managed, CancellationToken cancel)
    {
        var now = clock.Now();
        var policy = new StoredPolicy(managed.Name, managed.Document) { Description = managed.Description, IsManaged = true, CreatedAt = now, UpdatedAt = now };
        return store.Add(policy, Record(PortalActions.CreatePolicy, managed), cancel);
    }

    private (StoredPolicy After, AuditRecord Audit)? Replacement(StoredPolicy stored, ManagedPolicy managed) =>
        stored.IsManaged && stored.Document == managed.Document && stored.Description == managed.Description
            ? null
            : (stored with { Document = managed.Document, Description = managed.Description, IsManaged = true, UpdatedAt = clock.Now() },
                Record(PortalActions.UpdatePolicy, managed));

    private AuditRecord Record(string action, ManagedPolicy managed)
    {
        var system = CallerArn.System("start", options.AccountId, options.Region, Guid.CreateVersion7(clock.Now()).ToString());
        return recorder.For(system, action, $"arn:aws:iam::{options.AccountId}:policy/{managed.Name}", AuditOutcome.Succeeded, "comes with the portal");
    }
}
