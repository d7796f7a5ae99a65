using SecretsPortal.Core.Audit;

namespace SecretsPortal.Core.Tests.Audit;

public sealed class AuditChainTests
{
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private static readonly AuditRecord s_least = new()
    {
        At = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        Caller = "arn:aws:iam::000000000000:user/ada",
        Action = "secretsportal:SignIn",
        Outcome = AuditOutcome.Succeeded,
        SourceAddress = "127.0.0.1",
        RequestId = "r-1",
    };

    private static readonly AuditRecord s_full = s_least with
    {
        At = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(123456),
        AccessKeyId = "AKIAEXAMPLE",
        Action = "secretsmanager:GetSecretValue",
        Resource = "arn:aws:secretsmanager:us-east-1:000000000000:secret:größe-AbCdEf",
        Outcome = AuditOutcome.Denied,
        Detail = "no statement allows it 🔒",
        RequestId = "r-2",
    };

    /// <summary>Frozen: logs are verified by these bytes. Computed apart from this code, by Python's hmac and struct.</summary>
    [Fact]
    public void Known_answers()
    {
        var first = AuditChain.MacOf(s_key, AuditChain.Genesis, 1, "0195511111117000800000000000000a", s_least);
        var second = AuditChain.MacOf(s_key, first, 2, "0195511111117000800000000000000b", s_full);
        var seal = AuditChain.SealOf(s_key, new AuditHead(2, second, 3, 4));

        Assert.Equal("b5085dbca2ef95b30baf902f678aea23f15c47d86561f8317af83583d56f3b15", Convert.ToHexStringLower(first));
        Assert.Equal("132b9f308ec8048dd8be0f293dde68f3fc239c22c37f3d5952bacb0f8c8d477d", Convert.ToHexStringLower(second));
        Assert.Equal("7153052e0cb823385ba5c877c116524a573422ed6b90c5454ab605985270be7a", Convert.ToHexStringLower(seal));
    }

    public static TheoryData<string, AuditRecord> Changes() => new()
    {
        { "time", s_full with { At = s_full.At.AddMicroseconds(1) } },
        { "caller", s_full with { Caller = s_full.Caller + "x" } },
        { "key", s_full with { AccessKeyId = null } },
        { "empty key", s_full with { AccessKeyId = "" } },
        { "action", s_full with { Action = "secretsmanager:PutSecretValue" } },
        { "resource", s_full with { Resource = null } },
        { "outcome", s_full with { Outcome = AuditOutcome.Failed } },
        { "detail", s_full with { Detail = "" } },
        { "address", s_full with { SourceAddress = "127.0.0.2" } },
        { "request", s_full with { RequestId = "r-3" } },
        // The same bytes one after another, cut elsewhere.
        { "moved border", s_full with { SourceAddress = s_full.SourceAddress + s_full.RequestId, RequestId = "" } },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Each_part_of_a_record_counts(string what, AuditRecord changed)
    {
        Assert.NotEmpty(what);
        Assert.False(AuditChain.Matches(MacOf(s_full), MacOf(changed)));
    }

    [Fact]
    public void Place_id_key_and_what_came_before_count()
    {
        var mac = MacOf(s_full);

        Assert.True(AuditChain.Matches(mac, MacOf(s_full)));
        Assert.False(AuditChain.Matches(mac, AuditChain.MacOf(s_key, AuditChain.Genesis, 2, "id", s_full)));
        Assert.False(AuditChain.Matches(mac, AuditChain.MacOf(s_key, AuditChain.Genesis, 1, "other", s_full)));
        Assert.False(AuditChain.Matches(mac, AuditChain.MacOf(s_key, mac, 1, "id", s_full)));
        Assert.False(AuditChain.Matches(mac, AuditChain.MacOf(new byte[32], AuditChain.Genesis, 1, "id", s_full)));
    }

    [Fact]
    public void Each_part_of_the_head_counts()
    {
        var head = new AuditHead(2, AuditChain.Genesis, 3, 4);
        var seal = AuditChain.SealOf(s_key, head);

        foreach (var other in (AuditHead[])[head with { Sequence = 3 }, head with { Mac = seal }, head with { Checkpoints = 2 }, head with { Anchors = 5 }])
            Assert.False(AuditChain.Matches(seal, AuditChain.SealOf(s_key, other)));
        Assert.False(AuditChain.Matches(seal, AuditChain.SealOf(new byte[32], head)));
    }

    [Fact]
    public void A_record_is_authenticated_as_it_is_read_again()
    {
        var odd = s_full with { At = s_full.At.AddTicks(7), Detail = "a\0b\ud800c", Resource = "🔒", RequestId = "\udc00" };

        var normal = AuditChain.Normalize(odd);

        Assert.Equal((s_full.At, "a\ufffdb\ufffdc", "🔒", "\ufffd"), (normal.At, normal.Detail, normal.Resource, normal.RequestId));
        Assert.Equal(normal, AuditChain.Normalize(normal));
    }

    private static byte[] MacOf(AuditRecord record) => AuditChain.MacOf(s_key, AuditChain.Genesis, 1, "id", record);
}
