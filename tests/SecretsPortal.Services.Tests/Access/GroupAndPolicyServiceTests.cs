using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Access;

public sealed class GroupAndPolicyServiceTests
{
    private const string Account = "arn:aws:iam::123456789012";

    private static readonly PolicyTarget s_group = new(PolicyTargetKind.Group, "readers");

    [Fact]
    public async Task What_is_attached_to_a_group_speaks_for_its_members_until_they_leave()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        var ada = await UserCall(portal, "ada");
        await portal.Groups().Create(portal.Admin, "readers", "they read", default);
        await portal.Policies().Attach(portal.Admin, "Reader", s_group, default);
        await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(ada, "s", null, null, default));

        var joined = await portal.RecordOf(() => portal.Groups().AddMember(portal.Admin, "readers", CallerKind.User, "ada", default));
        Assert.Equal("first value", (await portal.Reader.GetValue(ada, "s", null, null, default)).Value.Text);
        var left = await portal.RecordOf(() => portal.Groups().RemoveMember(portal.Admin, "readers", CallerKind.User, "ada", default));

        await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(ada, "s", null, null, default));
        Assert.Equal(
            [(PortalActions.AddGroupMember, $"{Account}:group/readers", $"{Account}:user/ada"), (PortalActions.RemoveGroupMember, $"{Account}:group/readers", $"{Account}:user/ada")],
            new[] { joined, left }.Select(r => (r.Action, r.Resource, r.Detail)));
    }

    [Fact]
    public async Task Attaching_twice_and_joining_twice_are_no_faults_and_are_recorded()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        await portal.Groups().Create(portal.Admin, "readers", null, default);

        foreach (var isFirst in new[] { true, false })
        {
            Assert.Equal(isFirst, await portal.Policies().Attach(portal.Admin, "Reader", s_group, default));
            Assert.Equal(isFirst, await portal.Groups().AddMember(portal.Admin, "readers", CallerKind.Client, "app", default));
        }

        var record = await portal.RecordOf(() => portal.Policies().Attach(portal.Admin, "Reader", s_group, default));
        Assert.Equal((AuditOutcome.Succeeded, $"{Account}:policy/Reader", $"{Account}:group/readers"), (record.Outcome, record.Resource, record.Detail));
        Assert.Equal(["Reader"], (await portal.Groups().Get(portal.Admin, "readers", default)).Policies);
        var members = await portal.Groups().Members(portal.Admin, "readers", null, null, default);
        Assert.Equal([new GroupMember(CallerKind.Client, "app", $"{Account}:user/client/app")], members.Members);
    }

    [Fact]
    public async Task Members_come_by_pages()
    {
        await using var portal = await TestPortal.Start();
        await portal.Groups().Create(portal.Admin, "readers", null, default);
        foreach (var name in new[] { "ada", "bob" })
        {
            await portal.AddUser(name);
            await portal.Groups().AddMember(portal.Admin, "readers", CallerKind.User, name, default);
        }

        await portal.Groups().AddMember(portal.Admin, "readers", CallerKind.Client, "bootstrap", default);

        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await portal.Groups().Members(portal.Admin, "readers", 1, token, default);
            names.Add(Assert.Single(page.Members).Name);
            token = page.NextToken;
        }
        while (token is not null);

        Assert.Equal(["bootstrap", "ada", "bob"], names);
    }

    [Fact]
    public async Task A_group_is_changed_by_one_at_a_time_and_deleted_with_what_it_gave()
    {
        await using var portal = await TestPortal.Start();
        var seen = await portal.Groups().Create(portal.Admin, "readers", "they read", default);
        await portal.Refused(PortalError.ResourceExists, () => portal.Groups().Create(portal.Admin, "Readers", null, default));
        Assert.Null((await portal.Groups().Update(portal.Admin, "readers", "", seen.Revision, default)).Description);
        await portal.Refused(PortalError.PreconditionNotMet, () => portal.Groups().Update(portal.Admin, "readers", "late", seen.Revision, default));
        Assert.Equal(["readers"], (await portal.Groups().List(portal.Admin, new NameQuery(), default)).Groups.Select(g => g.Name));

        await portal.Groups().Delete(portal.Admin, "readers", default);

        await portal.Refused(PortalError.ResourceNotFound, () => portal.Groups().Get(portal.Admin, "readers", default));
        await portal.Refused(PortalError.ResourceNotFound, () => portal.Groups().Delete(portal.Admin, "readers", default));
    }

    [Fact]
    public async Task A_caller_is_in_ten_groups_at_most_and_has_ten_policies_at_most()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddUser("ada");
        for (var i = 0; i <= 10; i++)
        {
            await portal.Groups().Create(portal.Admin, $"g{i}", null, default);
            await portal.AddPolicy($"p{i}");
        }

        for (var i = 0; i < 10; i++)
        {
            await portal.Groups().AddMember(portal.Admin, $"g{i}", CallerKind.User, "ada", default);
            await portal.Policies().Attach(portal.Admin, $"p{i}", new PolicyTarget(PolicyTargetKind.User, "ada"), default);
        }

        await portal.Refused(PortalError.LimitExceeded, () => portal.Groups().AddMember(portal.Admin, "g10", CallerKind.User, "ada", default));
        await portal.Refused(PortalError.LimitExceeded, () => portal.Policies().Attach(portal.Admin, "p10", new PolicyTarget(PolicyTargetKind.User, "ada"), default));
    }

    [Fact]
    public async Task A_malformed_policy_names_the_statement_and_the_field()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddPolicy("p");
        var bad = AccessTestExtensions.Document("""{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"},{"Effect":"Perhaps","Action":"*","Resource":"*"}""");

        foreach (var call in new Func<Task>[]
        {
            () => portal.Policies().Create(portal.Admin, "q", bad, null, default),
            () => portal.Policies().Update(portal.Admin, "p", new UpdatePolicyRequest(bad, null, null), default),
            () => portal.Policies().Create(portal.Admin, "q", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}""", null, default),
        })
        {
            var refused = await portal.Refused(PortalError.MalformedPolicyDocument, call);
            Assert.Matches("Statement.*(Effect|Principal)|(Effect|Principal).*tatement", refused.Message);
        }
    }

    [Fact]
    public async Task A_policy_in_use_says_where_and_is_deleted_once_it_is_free()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddPolicy("p");
        await portal.AddUser("ada");
        await portal.AddClient("app");
        await portal.Groups().Create(portal.Admin, "readers", null, default);
        PolicyTarget[] targets = [s_group, new(PolicyTargetKind.Client, "app"), new(PolicyTargetKind.User, "ada")];
        foreach (var target in targets)
            await portal.Policies().Attach(portal.Admin, "p", target, default);
        Assert.Equal(targets, (await portal.Policies().Get(portal.Admin, "p", default)).AttachedTo);

        var refused = await portal.Refused(PortalError.InvalidRequest, () => portal.Policies().Delete(portal.Admin, "p", default));

        Assert.Equal("The policy is attached to the group readers, the client app, the user ada. Detach it there first.", refused.Message);
        foreach (var target in targets)
            Assert.True(await portal.Policies().Detach(portal.Admin, "p", target, default));
        await portal.Policies().Delete(portal.Admin, "p", default);
        await portal.Refused(PortalError.ResourceNotFound, () => portal.Policies().Get(portal.Admin, "p", default));
    }

    [Fact]
    public async Task A_changed_policy_counts_at_once_and_the_second_editor_is_told()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        var ada = await UserCall(portal, "ada");
        var seen = await portal.AddPolicy("p");
        await portal.Policies().Attach(portal.Admin, "p", new PolicyTarget(PolicyTargetKind.User, "ada"), default);
        var document = AccessTestExtensions.Document("""{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}""");

        var record = await portal.RecordOf(() => portal.Policies().Update(portal.Admin, "p", new UpdatePolicyRequest(document, "reads", seen.Revision), default));

        Assert.Matches("^SHA-256 [0-9a-f]{64}$", record.Detail);
        Assert.Equal("first value", (await portal.Reader.GetValue(ada, "s", null, null, default)).Value.Text);
        await portal.Refused(PortalError.PreconditionNotMet, () => portal.Policies().Update(portal.Admin, "p", new UpdatePolicyRequest(document, "late", seen.Revision), default));
        var after = await portal.Policies().Get(portal.Admin, "p", default);
        Assert.Equal((document, "reads"), (after.Document, after.Description));
        Assert.True(after.UpdatedAt > seen.UpdatedAt);
    }

    [Fact]
    public async Task Managed_policies_are_there_from_the_start_and_nobody_changes_them()
    {
        await using var portal = await TestPortal.Start();

        var listed = (await portal.Policies().List(portal.Admin, new NameQuery(), default)).Policies;

        Assert.Equal(["Administrator", "Auditor", "Operator", "Reader"], listed.Select(p => p.Name));
        Assert.All(listed, policy => Assert.True(policy.IsManaged));
        foreach (var policy in listed)
        {
            await portal.Refused(PortalError.InvalidRequest, () => portal.Policies().Delete(portal.Admin, policy.Name, default));
            await portal.Refused(PortalError.InvalidRequest, () => portal.Policies().Update(portal.Admin, policy.Name, new UpdatePolicyRequest(null, "mine", null), default));
        }
    }

    [Fact]
    public async Task A_start_replaces_what_another_version_stored_and_leaves_the_rest_alone()
    {
        await using var portal = await TestPortal.Start();
        await portal.Execute("UPDATE policy SET document = '{}', is_managed = 0 WHERE name = 'Reader'");
        var before = (await portal.Log()).Count;

        await portal.Get<PortalStart>().Run(default);
        await portal.Get<PortalStart>().Run(default);

        var record = Assert.Single((await portal.Log()).Skip(before));
        Assert.Equal((PortalActions.UpdatePolicy, $"{Account}:policy/Reader", $"{Account}:role/secretsportal/start"), (record.Action, record.Resource, record.Caller));
        Assert.Equal(ManagedPolicyDocuments.Reader.Document, (await portal.Get<PolicyStore>().Find("Reader", default))!.Document);
    }

    [Fact]
    public async Task Attaching_needs_the_permission_on_the_policy_and_on_what_it_is_attached_to()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddUser("ada");
        await portal.AddUser("bob");
        var helper = await portal.UserWith("helper", $$"""{"Effect":"Allow","Action":["secretsportal:AttachPolicy","secretsportal:DetachPolicy"],"Resource":["{{Account}}:policy/Reader","{{Account}}:user/ada"]}""");

        Assert.True(await portal.Policies().Attach(helper, "Reader", new PolicyTarget(PolicyTargetKind.User, "ada"), default));
        await portal.Refused(PortalError.AccessDenied, () => portal.Policies().Attach(helper, "Reader", new PolicyTarget(PolicyTargetKind.User, "bob"), default), AuditOutcome.Denied);
        await portal.Refused(PortalError.AccessDenied, () => portal.Policies().Attach(helper, "Administrator", new PolicyTarget(PolicyTargetKind.User, "ada"), default), AuditOutcome.Denied);
        await portal.Refused(PortalError.AccessDenied, () => portal.Policies().Attach(helper, "Reader", new PolicyTarget(PolicyTargetKind.User, "nobody"), default), AuditOutcome.Denied);
        Assert.True(await portal.Policies().Detach(helper, "Reader", new PolicyTarget(PolicyTargetKind.User, "ada"), default));
    }

    [Fact]
    public async Task Each_action_needs_its_permission()
    {
        await using var portal = await TestPortal.Start();
        var nobody = await portal.UserWith("nobody", AccessTestExtensions.Allow);
        var document = AccessTestExtensions.Document(AccessTestExtensions.Allow);
        var calls = new Dictionary<string, Func<Task>>
        {
            [PortalActions.ListGroups] = () => portal.Groups().List(nobody, new NameQuery(), default),
            [PortalActions.GetGroup] = () => portal.Groups().Members(nobody, "g", null, null, default),
            [PortalActions.CreateGroup] = () => portal.Groups().Create(nobody, "g", null, default),
            [PortalActions.UpdateGroup] = () => portal.Groups().Update(nobody, "g", "", null, default),
            [PortalActions.DeleteGroup] = () => portal.Groups().Delete(nobody, "g", default),
            [PortalActions.AddGroupMember] = () => portal.Groups().AddMember(nobody, "g", CallerKind.User, "nobody", default),
            [PortalActions.RemoveGroupMember] = () => portal.Groups().RemoveMember(nobody, "g", CallerKind.User, "nobody", default),
            [PortalActions.ListPolicies] = () => portal.Policies().List(nobody, new NameQuery(), default),
            [PortalActions.GetPolicy] = () => portal.Policies().Get(nobody, "Reader", default),
            [PortalActions.CreatePolicy] = () => portal.Policies().Create(nobody, "p", document, null, default),
            [PortalActions.UpdatePolicy] = () => portal.Policies().Update(nobody, "Reader", new UpdatePolicyRequest(document, null, null), default),
            [PortalActions.DeletePolicy] = () => portal.Policies().Delete(nobody, "Reader", default),
            [PortalActions.AttachPolicy] = () => portal.Policies().Attach(nobody, "Reader", s_group, default),
            [PortalActions.DetachPolicy] = () => portal.Policies().Detach(nobody, "Reader", s_group, default),
        };

        foreach (var (action, call) in calls)
        {
            var record = await portal.RecordOf(() => Assert.ThrowsAsync<PortalException>(call));
            Assert.Equal((action, AuditOutcome.Denied), (record.Action, record.Outcome));
        }
    }

    private static async Task<CallContext> UserCall(TestPortal portal, string name)
    {
        var user = await portal.AddUser(name);
        return portal.CallOf(new Caller { Id = user.User.Id, Kind = CallerKind.User, Name = name, Arn = user.User.Arn });
    }
}
