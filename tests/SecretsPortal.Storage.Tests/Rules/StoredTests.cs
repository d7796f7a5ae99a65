namespace SecretsPortal.Storage.Tests.Rules;

public sealed class StoredTests
{
    [Fact]
    public void Times_are_microseconds_since_1970_in_UTC()
    {
        Assert.Equal(0, Stored.Time(DateTimeOffset.UnixEpoch));
        Assert.Equal(1_772_366_400_000_001, Stored.Time(new DateTimeOffset(2026, 3, 1, 14, 0, 0, TimeSpan.FromHours(2)).AddTicks(19)));
        Assert.Equal(-1, Stored.Time(DateTimeOffset.UnixEpoch.AddTicks(-1)));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(1), Stored.Time(1_772_366_400_000_001));
        Assert.Null(Stored.Time((DateTimeOffset?)null));
    }

    [Theory]
    [InlineData("0001-01-01")]
    [InlineData("2026-03-01T12:34:56.123456Z")]
    [InlineData("9999-12-31T23:59:59.999999Z")]
    public void A_time_reads_back(string text)
    {
        var time = DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);

        Assert.Equal(time, Stored.Time(Stored.Time(time)));
    }

    [Fact]
    public void Days_are_counted_from_1970()
    {
        Assert.Equal(0, Stored.Day(new DateOnly(1970, 1, 1)));
        Assert.Equal(20_513, Stored.Day(new DateOnly(2026, 3, 1)));
        Assert.Equal(new DateOnly(2026, 3, 1), Stored.Day(20_513));
        Assert.Null(Stored.Day((long?)null));
    }

    [Theory]
    [InlineData("short", 5, "short")]
    [InlineData("longer", 5, "long…")]
    [InlineData("abc😀d", 5, "abc…")]
    [InlineData("ab😀d", 5, "ab😀d")]
    public void Clipping_keeps_whole_characters(string text, int length, string clipped) => Assert.Equal(clipped, Stored.Clip(text, length));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void A_list_of_ids_fills_its_statement(int count)
    {
        var ids = Enumerable.Range(0, count).Select(i => $"{i}").ToList();

        var (sql, parameters) = SqlByIds.Of("SELECT id FROM secret WHERE id IN ({ids})").With(ids);

        Assert.Equal(count == 1 ? 1 : SqlByIds.Capacity, parameters.Count);
        Assert.Equal(ids, parameters.Values.Distinct().Cast<string>());
        Assert.All(parameters.Keys, name => Assert.Contains($"@{name}", sql.For(DatabaseProvider.SqlServer), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void A_list_of_ids_has_its_limits(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SqlByIds.Of("{ids}").With([.. Enumerable.Repeat("x", count)]));
}
