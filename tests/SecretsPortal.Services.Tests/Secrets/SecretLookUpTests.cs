using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Tests.Secrets;

/// <summary>Many secrets in one request: each is decided and recorded by itself, and fingerprints need a permission of their own.</summary>
public sealed class SecretLookUpTests
{
    [Fact]
    public async Task Each_secret_has_its_answer_in_the_order_of_the_questions_and_its_record()
    {
        await using var portal = await TestPortal.Start();
        var (a, b) = (await portal.Create("a"), await portal.Create("b"));
        var before = (await portal.Log()).Count;

        var found = await Find(portal, portal.Admin, ("b", null), ("none", null), (a.Arn.ToString(), null));

        Assert.Equal([b.Arn, null, a.Arn], found.Select(f => f.Secret?.Arn));
        Assert.Equal(PortalError.ResourceNotFound, found[1].Fault!.Error);
        Assert.All(found, f => Assert.Null(f.Fingerprints));
        Assert.Equal(
            [(a.Arn.ToString(), AuditOutcome.Succeeded), (b.Arn.ToString(), AuditOutcome.Succeeded), ("none", AuditOutcome.Failed)],
            (await portal.Log()).Skip(before).Where(r => r.Action == "secretsmanager:DescribeSecret").Select(r => (r.Resource!, r.Outcome)).OrderBy(r => r.Item1, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Fingerprints_tell_the_same_value_from_another_one()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", """{"user":"u","password":"one"}""");
        await portal.Put("s", """{"user":"u","password":"two"}""", TestPortal.Token(2));
        var fingerprints = Assert.Single(await Find(portal, portal.Admin, ("s", ["user", "password", "none"]))).Fingerprints!;
        var (one, two) = (fingerprints[TestPortal.Token(1)], fingerprints[TestPortal.Token(2)]);
        Assert.NotEqual(one.Value, two.Value);
        Assert.Equal(one.Fields["user"], two.Fields["user"]);
        Assert.NotEqual(one.Fields["password"], two.Fields["password"]);
        Assert.Equal(["password", "user"], two.Fields.Keys.Order(StringComparer.Ordinal));

        await portal.Put("s", """{"user":"u","password":"one"}""", TestPortal.Token(3));
        Assert.Equal(one.Value, Assert.Single(await Find(portal, portal.Admin, ("s", []))).Fingerprints![TestPortal.Token(3)].Value);
    }

    [Fact]
    public async Task Without_its_permission_a_fingerprint_is_left_out_and_a_secret_refused()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        await portal.Create("t");
        var reader = await portal.UserWith("reader", """{"Effect":"Allow","Action":"secretsmanager:DescribeSecret","Resource":"arn:aws:secretsmanager:*:*:secret:s-*"}""");
        var found = await Find(portal, reader, ("s", []), ("t", []));
        Assert.NotNull(found[0].Secret);
        Assert.Null(found[0].Fingerprints);
        Assert.Equal((null, PortalError.AccessDenied), (found[1].Secret, found[1].Fault!.Error));
    }

    private static Task<IReadOnlyList<FoundSecret>> Find(TestPortal portal, CallContext call, params (string Id, IReadOnlyList<string>? Fields)[] questions) =>
        portal.Get<SecretLookUp>().Find(call, [.. questions.Select(q => new SecretQuestion(q.Id, q.Fields))], default);
}
