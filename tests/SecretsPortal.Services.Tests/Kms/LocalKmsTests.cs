using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Services.Kms;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Kms;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LocalKmsTests : IDisposable
{
    private static readonly Dictionary<string, string> s_context = new() { ["SecretARN"] = "arn:x", ["SecretVersionId"] = "v1" };
    private readonly TemporaryDirectory _directory = new();
    private readonly byte[] _dataKey = RandomNumberGenerator.GetBytes(32);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_wrapped_key_unwraps_under_the_same_key_and_context()
    {
        using var kms = Opened();
        var wrapped = await kms.Wrap("key-1", _dataKey, s_context, default);

        Assert.Equal(_dataKey, await kms.Unwrap("key-1", wrapped, s_context, default));
        Assert.Equal(-1, wrapped.Bytes.AsSpan().IndexOf(_dataKey));
        Assert.Equal(await kms.CurrentVersion("key-1", default), wrapped.KeyVersion);
    }

    [Fact]
    public async Task Every_changed_byte_is_refused()
    {
        using var kms = Opened();
        var wrapped = await kms.Wrap("key-1", _dataKey, s_context, default);
        for (var i = 0; i < wrapped.Bytes.Length; i++)
        {
            var changed = wrapped.Bytes.ToArray();
            changed[i] ^= 1;
            await AssertRefused(() => kms.Unwrap("key-1", wrapped with { Bytes = changed }, s_context, default));
        }
    }

    [Fact]
    public async Task Another_key_version_context_or_length_is_refused()
    {
        using var kms = Opened();
        var wrapped = await kms.Wrap("key-1", _dataKey, s_context, default);

        await AssertRefused(() => kms.Unwrap("key-2", wrapped, s_context, default));
        await AssertRefused(() => kms.Unwrap("key-1", wrapped, new Dictionary<string, string>(s_context) { ["SecretVersionId"] = "v2" }, default));
        await AssertRefused(() => kms.Unwrap("key-1", wrapped, new Dictionary<string, string> { ["SecretARN"] = "arn:x" }, default));
        await AssertRefused(() => kms.Unwrap("key-1", wrapped with { Bytes = wrapped.Bytes[..^1] }, s_context, default));
        await AssertRefused(() => kms.Unwrap("key-1", wrapped with { Bytes = [.. wrapped.Bytes, 0] }, s_context, default));
        foreach (var version in (string[])["2", "01", "+1", "x", "1000000000"])
            await AssertRefused(() => kms.Unwrap("key-1", wrapped with { KeyVersion = version }, s_context, default));
    }

    /// <summary>Computed apart from this code (Python's cryptography: HKDF-SHA256 without salt, AES-256-GCM), so that stored keys stay readable.</summary>
    [Fact]
    public async Task A_known_master_key_and_nonce_give_the_known_wrapped_key()
    {
        await File.WriteAllTextAsync(KeyFile, "secrets-portal-local-key:1:" + Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]) + "\n");
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead);
        using var kms = new LocalKms(Options, destination => destination.Fill(7));
        kms.Open(mayCreate: false);

        var wrapped = await kms.Wrap("key-1", new byte[32], s_context, default);

        Assert.Equal("010707070707070707070707078985c01a479fba20724b017b0ee5b2a2e46a7d61dd8809af57e5fce005949a3b3d55fcd86fa99661ef085d70909c8ca7", Convert.ToHexStringLower(wrapped.Bytes));
    }

    [Fact]
    public void The_file_is_created_for_its_owner_alone_and_read_again()
    {
        using var kms = Opened();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        Assert.Single(Directory.GetFiles(_directory.Path));
        var content = File.ReadAllText(KeyFile);
        using var again = new LocalKms(Options, RandomNumberGenerator.Fill);
        again.Open(mayCreate: true);
        Assert.Equal(content, File.ReadAllText(KeyFile));
    }

    [Fact]
    public void A_missing_file_is_not_made_for_a_database_in_use()
    {
        using var kms = new LocalKms(Options, RandomNumberGenerator.Fill);

        var fault = Assert.Throws<LocalKeyFileException>(() => kms.Open(mayCreate: false));

        Assert.Contains("does not exist", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(KeyFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secrets-portal-local-key:1:AAAA\n")]
    [InlineData("secrets-portal-local-key:2:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")]
    [InlineData("secrets-portal-local-key:1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= \n")]
    [InlineData("secrets-portal-local-key:1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nmore")]
    public void A_malformed_file_is_refused(string content)
    {
        File.WriteAllText(KeyFile, content);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var kms = new LocalKms(Options, RandomNumberGenerator.Fill);

        var fault = Assert.Throws<LocalKeyFileException>(() => kms.Open(mayCreate: true));

        Assert.Contains("not a key file", fault.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(KeyFile));
    }

    [Fact]
    public void A_file_that_others_may_read_is_refused_with_the_remedy()
    {
        Opened().Dispose();
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        using var kms = new LocalKms(Options, RandomNumberGenerator.Fill);

        Assert.Contains($"chmod 600 {KeyFile}", Assert.Throws<LocalKeyFileException>(() => kms.Open(mayCreate: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_starts_at_once_agree_on_one_key()
    {
        var kmses = Enumerable.Range(0, 16).Select(_ => new LocalKms(Options, RandomNumberGenerator.Fill)).ToList();
        await Task.WhenAll(kmses.Select(k => Task.Run(() => k.Open(mayCreate: true))));

        var wrapped = await kmses[0].Wrap("key-1", _dataKey, s_context, default);
        foreach (var kms in kmses)
            Assert.Equal(_dataKey, await kms.Unwrap("key-1", wrapped, s_context, default));
        Assert.Single(Directory.GetFiles(_directory.Path));
    }

    private string KeyFile => _directory["local-kms.key"];

    private PortalOptions Options => new() { DataDirectory = _directory.Path };

    private LocalKms Opened()
    {
        var kms = new LocalKms(Options, RandomNumberGenerator.Fill);
        kms.Open(mayCreate: true);
        return kms;
    }

    private static async Task AssertRefused(Func<Task> act) =>
        Assert.Equal(PortalError.DecryptionFailure, (await Assert.ThrowsAsync<PortalException>(act)).Error);
}

/// <summary>What is expected of every provider, of the local one.</summary>
public sealed class LocalKmsContractTests : KmsContractTests
{
    private readonly TemporaryDirectory _directory = new();

    protected override string Reference => "key-1";

    protected override string OtherReference => "key-2";

    protected override string? UnknownReference => null;

    protected override bool BindsContext => true;

    private protected override Task<IKms> Open()
    {
        var kms = new LocalKms(new PortalOptions { DataDirectory = _directory.Path }, RandomNumberGenerator.Fill);
        kms.Open(mayCreate: true);
        return Task.FromResult<IKms>(kms);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}
